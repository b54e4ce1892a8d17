"""The sections of the national overview, one a module; :class:`govlib.briefings.nation.Overview` puts them together."""
