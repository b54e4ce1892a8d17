"""The sections of the national overview, one a module; :class:`govlib.publish.nation.Overview` puts them together."""
