"""hoptt: formal online meetings of public administrations."""
