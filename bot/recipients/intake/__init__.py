"""Lists of people: from what was pasted or dropped to rows with reasons."""
