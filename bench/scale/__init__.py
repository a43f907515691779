"""What a click costs every program and store, and what very many of them would."""
