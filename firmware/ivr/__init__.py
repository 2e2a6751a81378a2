"""Voice menus: a pure interpreter. Events and `now` in, actions out; no files, no asyncio, no drivers."""
