"""The project that the tests of making pages share."""

from kit.pages import project  # noqa: F401
