"""How old what people see is: known per dataset, moved by successes alone."""
