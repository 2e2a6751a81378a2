"""The one tree of settings: its models, its revisions on disk, candidates and commits."""
