"""The rules of curation: what a collection and a curated bundle are, and when they are open."""
