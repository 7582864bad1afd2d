// Hands a text to the browser as a file.
function save(text, name, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// A name as files may have it.
const fileNameOf = (name) =>
  name.trim().replace(/[^\p{L}\p{M}\p{N} .'’_-]/gu, "_").replace(/[. ]+$/, "");
