# docker build -t abstract-rag . && docker run --rm -v "$PWD/.rag:/app/.rag" abstract-rag ask "How does KS-Lottery find winning tickets?"
# The page for others, with its token and its health check: docs/web.md, "For others than you".
# Written with care but not built by the tests, which have no container engine.
FROM python:3.12-slim

WORKDIR /app
COPY . .
RUN pip install --no-cache-dir -c constraints.txt . && useradd --create-home reader && mkdir -p .rag && chown reader .rag

USER reader
ENTRYPOINT ["rag"]
CMD ["--help"]
