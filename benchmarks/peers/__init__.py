"""A first visit with our banner, with one made by hand, and with the peers, in one run."""
