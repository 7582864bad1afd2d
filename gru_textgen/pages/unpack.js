// JSON as it lies in a page, packed with gzip, in base64; null in a browser too old for it.
async function unpacked(base64) {
  if (!self.DecompressionStream) return null;
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}
