"""Exchange: the whole catalog to a file, and from one."""
