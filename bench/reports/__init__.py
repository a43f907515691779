"""What reports cost with a million clicks and with ten."""
