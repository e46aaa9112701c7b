"""Words of many languages that graders know: of numbers, units and currencies."""
