"""The sections of a province's briefing, one a module; :class:`govlib.publish.content.Page` puts them together."""
