"""What subscriptions cost, and how late they tell: a thousand subscribers on one api."""
