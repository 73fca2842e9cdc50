"""The Collectors panel: a row for each, and the form that defines and edits one."""
