"""The door for officers, monitoring and Zalo's webhook. For now: health and metrics, on a loopback listener."""
