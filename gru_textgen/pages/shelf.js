// Models kept in the browser's own storage, each with a title by which it is found again.

const SHELF = "gru_textgen.playground", KEPT = "kept", TITLES = "titles";

function shelf(mode, use) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(SHELF, 2);
    opening.onupgradeneeded = () => {
      const { result: database } = opening;
      for (const name of [KEPT, TITLES]) {
        if (!database.objectStoreNames.contains(name)) database.createObjectStore(name);
      }
    };
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const database = opening.result;
      const transaction = database.transaction([KEPT, TITLES], mode);
      const request = use(transaction.objectStore(KEPT), transaction.objectStore(TITLES));
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

// title: `id`, and what a list shows. What has the same id is replaced.
const keep = (title, value) => shelf("readwrite", (values, titles) => {
  values.put(value, title.id);
  return titles.put(title, title.id);
});
const kept = (id) => shelf("readonly", (values) => values.get(id));
const allKept = () => shelf("readonly", (_, titles) => titles.getAll());
const forget = (id) => shelf("readwrite", (values, titles) => {
  values.delete(id);
  return titles.delete(id);
});
