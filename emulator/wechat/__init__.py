"""What WeChat knows and does, as functions of a world."""
