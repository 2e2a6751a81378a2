"""The only importer of cext: channels, prompts, bridges and recordings."""
