"""The widgets that several panes and screens share."""
