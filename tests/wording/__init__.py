"""What is said in words: catalogues, traces, rules, and the commands that print them."""
