"""What each section of a report tells, whatever the report is written in."""
