"""The champion asked about a person's own images: answers, and how sure they are."""
