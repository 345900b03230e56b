"""rag.integrations"""
