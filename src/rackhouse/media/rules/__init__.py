"""What media decides, from the bytes and what is said of them alone."""
