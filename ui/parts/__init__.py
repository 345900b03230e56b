"""What the pages are put together of: sidebar, filters, conversation, what can be done with an answer, adding papers."""
