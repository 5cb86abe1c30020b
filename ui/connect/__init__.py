"""Ways for other programs to talk to Groundwork: MCP for assistants, REST for everything else, and Anki."""
