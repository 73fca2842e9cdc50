"""What panels are made of: fields, menus, tables of rows, lines of code. No workbench in it."""
