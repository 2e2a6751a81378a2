"""Automatic call distribution: queues and agents as a pure machine. Events and `now` in, actions out."""
