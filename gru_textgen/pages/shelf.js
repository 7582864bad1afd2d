// One model, kept in the browser's own storage until the page comes back to it.

const SHELF = "gru_textgen.playground", KEPT = "kept";

function shelf(mode, use) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(SHELF, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(KEPT);
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const database = opening.result;
      const transaction = database.transaction(KEPT, mode);
      const request = use(transaction.objectStore(KEPT));
      transaction.oncomplete = () => {
        database.close();
        resolve(request.result);
      };
      transaction.onabort = transaction.onerror = () => {
        database.close();
        reject(transaction.error);
      };
    };
  });
}

const keep = (value) => shelf("readwrite", (store) => store.put(value, KEPT));
const kept = () => shelf("readonly", (store) => store.get(KEPT));
const forget = () => shelf("readwrite", (store) => store.delete(KEPT));
