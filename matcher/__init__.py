"""The matching engine: plain records in, reasons out."""
