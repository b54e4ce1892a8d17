"""The briefing as an office uses it: a Word report in the administration's form, a few slides, a plain e-mail."""
