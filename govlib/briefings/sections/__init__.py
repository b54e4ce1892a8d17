"""The sections of a province's briefing, one a module; :class:`govlib.briefings.content.Page` puts them together."""
