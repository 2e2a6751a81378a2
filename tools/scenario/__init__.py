"""Text scenarios: a configuration, a script of what people do, and the trace that is expected of the box.

`python -m tools.scenario FILE...`; the language is described in docs/scenarios.md.
"""
