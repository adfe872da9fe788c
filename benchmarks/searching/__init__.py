"""Search under load: real products multiplied, questions of customers, and PostgreSQL's own full
text beside it."""
