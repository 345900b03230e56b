"""Records as HTML: pure functions, a module for each kind of page; the one place where text is escaped."""
