// Server-sent events out of a stream of bytes (html.spec.whatwg.org, "Server-sent events"), as far as our server writes
// them. EventSource itself can send no header, so no token and nothing that keeps other sites out. Pure.

/** @param told called with kind and what was said, for each whole event */
export function eventReader(told) {
  const decoder = new TextDecoder();
  let rest = "";
  return (bytes) => {
    rest += decoder.decode(bytes, { stream: true });
    const parts = rest.split("\n\n");
    rest = parts.pop();
    for (const part of parts) {
      const event = /^event: (.+)$/m.exec(part)?.[1];
      const data = /^data: (.+)$/m.exec(part)?.[1];
      if (event !== undefined && data !== undefined) told(event, JSON.parse(data));
    }
  };
}
