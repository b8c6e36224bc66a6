"""Paper: labels, slips, manifests, invoices, receipts, credit notes; values in, PDF out."""
