"""What may be searched for and how it is said: fields, filters, words and documents. Pure."""
