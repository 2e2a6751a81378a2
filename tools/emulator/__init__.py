"""The board emulator: chip models, an exchange, phones and a panel around them."""
