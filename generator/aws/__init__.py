"""Facts about AWS, as data with their source and date. Imports nothing of ours but `errors`."""
