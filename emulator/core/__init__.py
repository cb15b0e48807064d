"""Plain values that every floor above knows: calls and replies, entities, settings, hints."""
