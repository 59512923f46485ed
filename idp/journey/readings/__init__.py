"""What enrolled devices at a person's place bring into their journey: a card's chip, a face."""
