"""The pages, one file each: functions that return a component."""
