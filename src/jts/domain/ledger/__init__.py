"""What is owned and owed: fills, positions, cash, fees, profit."""
