"""The dialogs of work on a case: built here, dealt with by the listeners."""
