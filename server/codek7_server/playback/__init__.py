"""What viewers experienced: beacons of players, CMCD in their requests, and what both add up to."""
