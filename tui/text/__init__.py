"""What is written for people: numbers, sizes, tables and escaped text."""
